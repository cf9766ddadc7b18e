/* The two loops over ticks that the crossing search is measured against. They do what it does, exactly and in int64:
   P/L per leg, running maximum of equity, trailing and daily floor, first breach.

   by_tick visits the holders of each tick's instrument; an account is one cache line.
   by_account visits, for each account, the merged ticks of its instruments. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t equity, high, floor, allowance;
    int64_t breach_equity, breach_tick, breach_high, spare;
} account_t;

/* A leg held under an instrument: as its mark, or as its conversion rate. */
typedef struct {
    int64_t factor;   /* units per price unit of a plain leg, with its sign */
    int32_t account;
    int32_t leg;      /* index of a converted leg, -1 for a plain one */
} holder_t;

/* A converted leg: P/L = half_even((factor * mark + constant) * rate / scale). */
typedef struct {
    int64_t factor, constant, scale, mark, rate, value;
    int32_t ask, mark_symbol, rate_symbol, spare;
} leg_t;

static inline int64_t half_even(__int128 n, int64_t d) {
    /* Divide 64-bit numbers as such: an int128 division is a call. */
    int64_t q, r;
    if (n == (int64_t)n) { q = (int64_t)n / d; r = (int64_t)n % d; }
    else { q = (int64_t)(n / d); r = (int64_t)(n - (__int128)q * d); }
    int64_t a = r < 0 ? -r : r;
    if (a > d - a || (a == d - a && (q & 1))) q += n < 0 ? -1 : 1;
    return q;
}

static inline void judge(account_t *a, int64_t e, int64_t tick) {
    a->equity = e;
    if (e > a->high) {
        a->high = e;
        int64_t f = e - a->allowance;
        if (f > a->floor) a->floor = f;
    }
    if (e < a->floor) {
        a->breach_tick = tick;
        a->breach_equity = e;
        a->breach_high = a->high;
        a->high = INT64_MAX;   /* never looked at again */
        a->floor = INT64_MIN;
    }
}

static inline int64_t revalue(leg_t *l) {
    int64_t v = half_even((__int128)(l->factor * l->mark + l->constant) * l->rate, l->scale);
    int64_t d = v - l->value;
    l->value = v;
    return d;
}

/* start[s] .. start[s + 1]: holders of instrument s, by account. side: bit 0: marked at the ask; bit 1: the next
   holder is the same account (a position and a conversion rate), which is judged once, after both. */
void by_tick(int64_t ticks, const int32_t *symbol, const int64_t *bid, const int64_t *ask, int64_t *last_bid,
             int64_t *last_ask, account_t *accounts, const int64_t *start, const holder_t *holders,
             const uint8_t *side, leg_t *legs, int64_t events, const int64_t *event_tick,
             const int32_t *event_account, const int64_t *event_amount) {
    int64_t next = 0;
    for (int64_t t = 0; t < ticks; t++) {
        while (next < events && event_tick[next] == t) {
            account_t *a = &accounts[event_account[next]];
            judge(a, a->equity + event_amount[next++], t);
        }
        int32_t s = symbol[t];
        int64_t move[2] = {bid[t] - last_bid[s], ask[t] - last_ask[s]};
        last_bid[s] = bid[t];
        last_ask[s] = ask[t];
        int64_t end = start[s + 1];
        for (int64_t i = start[s]; i < end; i++) {
            const holder_t *h = &holders[i];
            __builtin_prefetch(&accounts[holders[i + 16 < end ? i + 16 : i].account], 1);
            account_t *a = &accounts[h->account];
            int64_t d;
            if (h->leg < 0) {
                d = h->factor * move[side[i] & 1];
            } else {
                leg_t *l = &legs[h->leg];
                if (l->mark_symbol == s) l->mark = l->ask ? ask[t] : bid[t];
                if (l->rate_symbol == s) l->rate = bid[t] + ask[t];
                d = revalue(l);
            }
            if (side[i] & 2) a->equity += d;
            else judge(a, a->equity + d, t);
        }
    }
}

/* Plain legs only, one price series: per account the merged ticks of its `width` instruments. */
void by_account(int64_t count, account_t *accounts, int64_t width, const int32_t *symbol, const int64_t *factor,
                const int64_t *start, const int32_t *tick, const int64_t *price, const int64_t *first_price) {
    for (int64_t i = 0; i < count; i++) {
        account_t *a = &accounts[i];
        int64_t at[8], end[8], last[8];
        for (int64_t j = 0; j < width; j++) {
            int32_t s = symbol[i * width + j];
            at[j] = start[s];
            end[j] = start[s + 1];
            last[j] = first_price[s];
        }
        int64_t e = a->equity, high = a->high, floor = a->floor;
        for (;;) {
            int64_t best = -1;
            int32_t t = INT32_MAX;
            for (int64_t j = 0; j < width; j++) {
                int32_t u = at[j] < end[j] ? tick[at[j]] : INT32_MAX;
                if (u < t) { t = u; best = j; }
            }
            if (best < 0) break;
            int64_t p = price[at[best]++];
            e += factor[i * width + best] * (p - last[best]);
            last[best] = p;
            if (e > high) {
                high = e;
                int64_t f = e - a->allowance;
                if (f > floor) floor = f;
            }
            if (e < floor) {
                a->breach_tick = t;
                a->breach_equity = e;
                a->breach_high = high;
                high = INT64_MAX;
                floor = INT64_MIN;
                break;
            }
        }
        a->equity = e;
        a->high = high;
        a->floor = floor;
    }
}
