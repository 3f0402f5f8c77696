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
/* No delay between the update of the run queue's clock and its reader is that long. */
#define KW_CLOCK_JUMP_NS 1000000LL

/* One CPU's; zero before its first refresh. */
struct kw_clock {
	__u64 distance_ns; /* from the run queue's clock to CLOCK_MONOTONIC */
	__u64 refreshed_ns;
	__u64 last_ns; /* the last time that this CPU was given */
};

/* What is kept of each CPU; only switches there write it, one at a time. */
struct kw_cpu {
	struct kw_clock clock;
	__u64 busy_since; /* when it last stopped being idle */
	/* Within one switch: the container in which a thread has just stopped being active. */
	__u32 left_slot;
	/*
	 * Switches of threads that are not followed, voluntary and forced. They are counted here
	 * because a word that all CPUs write would cost more than the rest when they are many.
	 */
	__u64 unfollowed[2];
};

/* Also where the run queue's clock went back, and at the first time. */
static inline bool kw_clock_is_old(const struct kw_clock *clock, __u64 now)
{
	return now - clock->refreshed_ns >= KW_CLOCK_KEPT_NS;
}

/*
 * Measures the distance again; returns the time at `run_queue`, never less than the last one given.
 * A measurement is too long by what passed between the update of the run queue's clock and this
 * look at the other (balancing, or the hypervisor ran somebody else), never too short. So a shorter
 * distance is taken as it is, a longer one as far as slewing explains it, unless the clocks jumped.
 */
static inline __u64 kw_clock_refresh(struct kw_clock *clock, __u64 run_queue, __u64 monotonic)
{
	__u64 slewed = (monotonic - clock->refreshed_ns) >> KW_CLOCK_SLEW;
	__s64 longer = (__s64)(monotonic - run_queue - clock->distance_ns);
	__u64 now;

	if (longer > 0 && longer < KW_CLOCK_JUMP_NS && (__u64)longer > slewed)
		longer = (__s64)slewed;
	clock->distance_ns += (__u64)longer;
	now = run_queue + clock->distance_ns;
	if (now < clock->last_ns) {
		clock->distance_ns += clock->last_ns - now;
		now = clock->last_ns;
	}
	clock->refreshed_ns = now;
	return now;
}

#endif
