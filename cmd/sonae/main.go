// Command sonae is the server and its local commands; see `sonae --help`. The
// work is in internal/server; here are only flags.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"sonae/internal/server"
)

// version is set by the linker.
var version = "dev"

// cli is the whole command line. Order of strength: defaults, the file named by
// --config, the environment, flags.
type cli struct {
	server.Config
	ConfigFile kong.ConfigFlag `name:"config" help:"JSON file with settings by flag name, for example {\"listen\": \"0.0.0.0:8787\"}." env:"SONAE_CONFIG"`

	Up      upCmd      `cmd:"" help:"Start Sonae and take this machine into the ledger: for a first look."`
	Serve   serveCmd   `cmd:"" help:"Start the server."`
	Collect collectCmd `cmd:"" help:"Print what the agent would report about this machine."`
	Pack    packCmd    `cmd:"" help:"Make an inspection pack."`
	Map     mapCmd     `cmd:"" help:"Write the network diagram to a file: PDF, SVG, draw.io, GraphML or CSV."`
	Import  importCmd  `cmd:"" help:"Take asset lists (CSV, Excel) into the ledger."`
	Find    findCmd    `cmd:"" name:"discover" help:"Show the devices on a network: from capture files, by listening, or by asking them."`
	User    userCmd    `cmd:"" help:"People who sign in."`
	Token   tokenCmd   `cmd:"" help:"API tokens and enrolment tokens."`
	Audit   auditCmd   `cmd:"" help:"The record of who did what."`
	Backup  backupCmd  `cmd:"" help:"Copy the SQLite database and keys to a folder while the server runs."`
	Restore restoreCmd `cmd:"" help:"Put a backup back into an empty data folder."`
	Conf    configCmd  `cmd:"" name:"config" help:"Print the settings in force, secrets masked."`
	OpenAPI openapiCmd `cmd:"" name:"openapi" help:"Print the OpenAPI description of the REST API."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("sonae"), kong.Description("Sonae keeps a hospital's systems known, judged and provable."),
		kong.Configuration(kong.JSON), kong.UsageOnError())
	if err != nil {
		return fail(err)
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "sonae: "+err.Error()+" (see sonae --help)")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return fail(err)
	}
	kctx.BindTo(ctx, (*context.Context)(nil))
	if err := kctx.Run(&c); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	_, _ = fmt.Fprintln(os.Stderr, "sonae: "+server.Explain(err))
	return 1
}
