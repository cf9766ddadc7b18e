import java.nio.file.Path;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * Trailing drawdown and a daily floor as a DataStream job: `SideBySide FORM FOLDER TICKS ANSWER`.
 *
 * keyed: each tick becomes a record for every holder, state is kept by account.
 * sharded: ticks go whole to an operator that keeps its accounts in arrays.
 */
public final class SideBySide {
    public static void main(String[] args) throws Exception {
        Market.read(Path.of(args[1]));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        env.getConfig().enableObjectReuse();
        DataStream<Long> ticks = env.fromSequence(0, Long.parseLong(args[2]) - 1);
        DataStream<Tuple2<Integer, Long>> breaches = args[0].equals("keyed")
            ? ticks.flatMap(new ToHolders())
                .returns(Types.TUPLE(Types.INT, Types.LONG, Types.LONG))
                .keyBy(record -> record.f0, Types.INT)
                .process(new JudgeKeyed())
                .returns(Types.TUPLE(Types.INT, Types.LONG))
            : ticks.flatMap(new JudgeSharded()).returns(Types.TUPLE(Types.INT, Types.LONG));
        breaches.map(breach -> {
            Market.breachTick[breach.f0] = breach.f1;
            return breach;
        }).returns(Types.TUPLE(Types.INT, Types.LONG)).sinkTo(new DiscardingSink<>());
        env.execute("side by side");
        Market.write(Path.of(args[3]));
    }

    /** (account, tick, change of its equity) for every account that holds the tick's instrument. */
    static final class ToHolders extends RichFlatMapFunction<Long, Tuple3<Integer, Long, Long>> {
        private transient long[] last;
        private transient Tuple3<Integer, Long, Long> record;

        @Override
        public void open(OpenContext context) {
            last = Market.firstPrice.clone();
            record = new Tuple3<>();
        }

        @Override
        public void flatMap(Long tick, Collector<Tuple3<Integer, Long, Long>> out) {
            int at = tick.intValue(), symbol = Market.symbol[at];
            long move = Market.price[at] - last[symbol];
            last[symbol] = Market.price[at];
            int[] holders = Market.holders[symbol];
            long[] factors = Market.factors[symbol];
            for (int i = 0; i < holders.length; i++) {
                record.f0 = holders[i];
                record.f1 = tick;
                record.f2 = factors[i] * move;
                out.collect(record);
            }
        }
    }

    /** What is known of one account. */
    public static final class Account {
        public long equity, high, floor, allowance;
        public boolean breached;
    }

    static final class JudgeKeyed
            extends KeyedProcessFunction<Integer, Tuple3<Integer, Long, Long>, Tuple2<Integer, Long>> {
        private transient ValueState<Account> state;

        @Override
        public void open(OpenContext context) {
            state = getRuntimeContext().getState(new ValueStateDescriptor<>("account", Account.class));
        }

        @Override
        public void processElement(Tuple3<Integer, Long, Long> record, Context context,
                Collector<Tuple2<Integer, Long>> out) throws Exception {
            Account account = state.value();
            if (account == null) account = opened(record.f0);
            account.equity += record.f2;
            if (account.equity > account.high) {
                account.high = account.equity;
                account.floor = Math.max(account.floor, account.equity - account.allowance);
            }
            if (account.equity < account.floor && !account.breached) {
                account.breached = true;
                out.collect(Tuple2.of(record.f0, record.f1));
            }
            state.update(account);
        }

        private static Account opened(int number) {
            Account account = new Account();
            account.equity = account.high = Market.equity[number];
            account.allowance = Market.allowance[number];
            account.floor = Math.max(Market.daily[number], account.equity - account.allowance);
            return account;
        }
    }

    static final class JudgeSharded extends RichFlatMapFunction<Long, Tuple2<Integer, Long>> {
        private transient long[] last, equity, high, floor;

        @Override
        public void open(OpenContext context) {
            last = Market.firstPrice.clone();
            equity = Market.equity.clone();
            high = Market.equity.clone();
            floor = new long[equity.length];
            for (int i = 0; i < floor.length; i++) {
                floor[i] = Math.max(Market.daily[i], equity[i] - Market.allowance[i]);
            }
        }

        @Override
        public void flatMap(Long tick, Collector<Tuple2<Integer, Long>> out) {
            int at = tick.intValue(), symbol = Market.symbol[at];
            long move = Market.price[at] - last[symbol];
            last[symbol] = Market.price[at];
            int[] holders = Market.holders[symbol];
            long[] factors = Market.factors[symbol];
            for (int i = 0; i < holders.length; i++) {
                int a = holders[i];
                long e = equity[a] += factors[i] * move;
                if (e > high[a]) {
                    high[a] = e;
                    floor[a] = Math.max(floor[a], e - Market.allowance[a]);
                }
                if (e < floor[a]) {
                    out.collect(Tuple2.of(a, tick));
                    high[a] = Long.MAX_VALUE;
                    floor[a] = Long.MIN_VALUE;
                }
            }
        }
    }
}
