// Command simulate plays a hospital's machines against a server:
//
//	token=$(sonae token enroll --facility 病院 --uses 10000 …)
//	go run ./internal/bench/simulate --agents 10000 --server https://127.0.0.1:8787 --pin … --token "$token" --spread 15m
//
// All enrol and send everything within --spread, then report --rounds times more
// without a change. It fails when a report failed. Use a server that you can throw away.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"

	"sonae/internal/bench/fleet"
)

type options struct {
	Agents int           `help:"Machines." default:"100"`
	Server string        `help:"Address of the server." required:"" placeholder:"URL"`
	Token  string        `help:"Enrolment token." required:""`
	Pin    string        `help:"SHA-256 of the server's public key."`
	Spread time.Duration `help:"Over how long a round of check-ins is spread." default:"15m"`
	Rounds int           `help:"Rounds without a change." default:"1"`
	Seed   uint64        `help:"The same seed makes the same machines." default:"1"`
	Dir    string        `help:"Folder of the agents' states; kept, so that the same machines come again. Default: one in memory, removed at the end." type:"path"`
}

func main() {
	var o options
	kong.Parse(&o, kong.Description("Plays a hospital's machines against a Sonae server."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := o.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	if o.Dir == "" {
		dir, err := fleet.MemoryDir()
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.Dir = dir
	}
	f, err := fleet.New(fleet.Options{Agents: o.Agents, Server: o.Server, Token: o.Token, Pin: o.Pin, Seed: o.Seed, Dir: o.Dir})
	if err != nil {
		return err
	}
	failed := 0
	for round := range o.Rounds + 1 {
		w := f.CheckIn(ctx, o.Spread, round > 0)
		w.Print(os.Stdout, []string{"first reports", "unchanged"}[min(round, 1)])
		failed += w.Failed
	}
	if failed > 0 {
		return fmt.Errorf("%d check-ins failed", failed)
	}
	return nil
}
