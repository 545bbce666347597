//go:build unix

package server_test

import (
	"testing"

	"sonae/internal/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }
