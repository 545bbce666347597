// Package bench measures the figures that the README promises, on real processes
// over real HTTP: `make bench` builds the binaries, starts `sonae serve` on each
// engine, and prints one JSON object a figure. It holds tests only, so that it
// can use the PostgreSQL that tests start; without SONAE_BENCH they do nothing,
// and a missed target is printed, never a failed test.
package bench
