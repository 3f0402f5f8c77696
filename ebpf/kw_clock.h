/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time of a switch from the clock of its run queue, which the kernel has just updated: loads
 * instead of a call. That clock is not the monotonic one, so each CPU keeps the distance between
 * the two and looks at it again every few milliseconds. Pure: also compiled, and tested, as C++.
 */
#ifndef KW_CLOCK_H
#define KW_CLOCK_H

#include "kernwise_abi.h"

/*
 * How long a distance is used. Both clocks count the same cycles; the monotonic one is slewed by at
 * most 500 ppm (the kernel's limit for adjtimex frequencies), which makes 2 us of this.
 */
#define KW_CLOCK_KEPT_NS 4000000ULL
#define KW_CLOCK_SLEW 11 /* as a shift: 1 / 2048 is 488 ppm */
/* A distance that is longer by this much is believed when it is found twice. */
#define KW_CLOCK_JUMP_NS 1000000LL

/* One CPU's; zero before its first refresh. */
struct kw_clock {
	__u64 distance_ns; /* from the run queue's clock to CLOCK_MONOTONIC */
	__u64 refreshed_ns;
	__u64 last_ns; /* the last time that this CPU was given */
	__u64 doubted; /* a distance that was too long to believe it, 0 = none */
};

/* Also where the run queue's clock went back, and at the first time. */
static inline bool kw_clock_is_old(const struct kw_clock *clock, __u64 now)
{
	return now - clock->refreshed_ns >= KW_CLOCK_KEPT_NS;
}

/*
 * By how much the distance grew, when it was measured `longer` than it was kept. A measurement is
 * too long by what passed between the update of the run queue's clock and this look at the other
 * (balancing, or the hypervisor ran somebody else), never too short. So a longer one is taken as
 * far as slewing explains it, unless the next measurement says the same: then the clocks jumped.
 */
static inline __s64 kw_clock_growth(struct kw_clock *clock, __s64 longer, __s64 slewed)
{
	__u64 found = clock->distance_ns + (__u64)longer;
	__s64 again = (__s64)(found - clock->doubted);

	if (longer <= slewed || !clock->refreshed_ns)
		return longer;
	if (longer < KW_CLOCK_JUMP_NS)
		return slewed;
	if (clock->doubted && again < KW_CLOCK_JUMP_NS && again > -KW_CLOCK_JUMP_NS)
		return longer;
	clock->doubted = found;
	return slewed;
}

/*
 * Measures the distance again; returns the time at `run_queue`, never less than the last one given.
 * What is doubted is measured again at the next switch.
 */
static inline __u64 kw_clock_refresh(struct kw_clock *clock, __u64 run_queue, __u64 monotonic)
{
	__s64 slewed = (__s64)((monotonic - clock->refreshed_ns) >> KW_CLOCK_SLEW);
	__s64 longer = (__s64)(monotonic - run_queue - clock->distance_ns);
	__u64 doubted = clock->doubted;
	__u64 now;

	clock->distance_ns += (__u64)kw_clock_growth(clock, longer, slewed);
	now = run_queue + clock->distance_ns;
	if (now < clock->last_ns) {
		clock->distance_ns += clock->last_ns - now;
		now = clock->last_ns;
	}
	if (clock->doubted != doubted)
		return now;
	clock->doubted = 0;
	clock->refreshed_ns = now;
	return now;
}

#endif
