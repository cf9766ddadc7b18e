import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The input, in memory: read from the files that the Python side wrote. */
final class Market {
    static int[] symbol;
    static long[] price;
    static long[] firstPrice;
    static long[] equity;
    static long[] allowance;
    static long[] daily;
    /** By instrument: who holds it, and money per step of price. */
    static int[][] holders;
    static long[][] factors;
    /** The answer: by account the tick of its breach, -1 for none. */
    static long[] breachTick;

    static void read(Path folder) throws IOException {
        symbol = ints(folder.resolve("symbol"));
        price = longs(folder.resolve("price"));
        firstPrice = longs(folder.resolve("first_price"));
        equity = longs(folder.resolve("equity"));
        allowance = longs(folder.resolve("allowance"));
        daily = longs(folder.resolve("daily"));
        breachTick = new long[equity.length];
        java.util.Arrays.fill(breachTick, -1);
        index(ints(folder.resolve("leg_symbol")), longs(folder.resolve("leg_factor")));
    }

    private static void index(int[] legSymbol, long[] legFactor) {
        int symbols = firstPrice.length, legs = legSymbol.length / equity.length;
        int[] counts = new int[symbols];
        for (int s : legSymbol) counts[s]++;
        holders = new int[symbols][];
        factors = new long[symbols][];
        for (int s = 0; s < symbols; s++) {
            holders[s] = new int[counts[s]];
            factors[s] = new long[counts[s]];
        }
        int[] at = new int[symbols];
        for (int i = 0; i < legSymbol.length; i++) {
            int s = legSymbol[i];
            holders[s][at[s]] = i / legs;
            factors[s][at[s]++] = legFactor[i];
        }
    }

    static void write(Path answer) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(8 * breachTick.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long tick : breachTick) out.putLong(tick);
        Files.write(answer, out.array());
    }

    private static ByteBuffer bytes(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int[] ints(Path file) throws IOException {
        ByteBuffer in = bytes(file);
        int[] out = new int[in.remaining() / 4];
        in.asIntBuffer().get(out);
        return out;
    }

    private static long[] longs(Path file) throws IOException {
        ByteBuffer in = bytes(file);
        long[] out = new long[in.remaining() / 8];
        in.asLongBuffer().get(out);
        return out;
    }
}
