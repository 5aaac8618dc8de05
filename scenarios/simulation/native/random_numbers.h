/* Random numbers: what random_numbers.py says, in C. */

#ifndef RANDOM_NUMBERS_H
#define RANDOM_NUMBERS_H

#include <math.h>
#include <stdint.h>

static inline uint64_t mixed(uint64_t state) {
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;
    state = (state ^ state >> 27) * 0x94D049BB133111EBu;
    return state ^ state >> 31;
}

/* Number k of the stream that starts there. */
static inline uint64_t number_of(uint64_t start, uint64_t k) { return mixed(start + k * 0x9E3779B97F4A7C15u); }

/* Above 0 and up to 1. */
static inline double unit(uint64_t start, uint64_t k) {
    return (double)((number_of(start, k) >> 11) + 1) * 0x1p-53;
}

static inline uint32_t below(uint64_t start, uint64_t k, uint32_t limit) {
    return (uint32_t)((number_of(start, k) >> 32) * limit >> 32);
}

/* Of an exponential with mean 1. */
static inline double exponential(uint64_t start, uint64_t k) { return -log(unit(start, k)); }

#endif
