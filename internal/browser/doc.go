// Package browser holds the tests in a real Chromium: the first-run walk as a
// new user does it, every page in both languages and themes under axe-core, and
// the same walk with scripts switched off. It has tests only.
//
// SONAE_SCREENSHOTS=folder keeps a picture of every page at 1366×768.
package browser
