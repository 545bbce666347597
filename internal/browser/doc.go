// Package browser holds the tests in a real Chromium: the first-run walk as a
// new user does it with scripts switched off, every page in both languages and
// themes under axe-core, the main flow with the keyboard alone, and what comes out
// on paper. It has tests only.
//
// SONAE_SCREENSHOTS=folder keeps a picture of every page at 1366×768, and the paper
// as PDF.
package browser
