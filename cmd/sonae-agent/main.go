// Command sonae-agent takes the inventory of the machine it runs on and reports
// it to a Sonae server; see `sonae-agent --help`. The work is in internal/agent;
// here are flags and the service of the operating system.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

// cli is the whole command line. Flags are stronger than the environment.
type cli struct {
	Run       runCmd       `cmd:"" help:"Report now and every interval, until stopped. This is what the service runs."`
	Once      onceCmd      `cmd:"" help:"Take the inventory once: into a file, to standard output, or to a server."`
	Status    statusCmd    `cmd:"" help:"Show whether this machine is enrolled and when it last reported."`
	Install   installCmd   `cmd:"" help:"Set up, install and start the service, or start the one that a package installed. Needs administrator rights."`
	Uninstall uninstallCmd `cmd:"" help:"Stop and remove the service. The state folder stays."`
	Configure configureCmd `cmd:"" help:"Keep server, pin and enrolment token for the service, and send nothing. Packages call it."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

type versionCmd struct{}

// Run prints the version, and nothing else.
func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, version)
	return err
}

func main() { os.Exit(mainCode()) }

// mainCode is main with an exit code: 0 done, 1 failed, 2 not understood.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("sonae-agent"),
		kong.Description("Takes the inventory of this machine for Sonae. It reads files and asks the system; it changes nothing and starts no other program."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(os.Stdout, (*io.Writer)(nil)),
		kong.Vars{"state": defaultStateDir()},
	)
	if err != nil {
		return complain(err, 2)
	}
	k, err := parser.Parse(os.Args[1:])
	if err != nil {
		return complain(fmt.Errorf("%w; see sonae-agent --help", err), 2)
	}
	if err := k.Run(); err != nil {
		return complain(err, 1)
	}
	return 0
}

// complain writes one line on standard error.
func complain(err error, code int) int {
	line := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	fmt.Fprintln(os.Stderr, "sonae-agent: "+line)
	return code
}
