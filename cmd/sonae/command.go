package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"sonae/internal/server"
)

type upCmd struct {
	server.Listen
	Demo bool `help:"Load a fictional 300-bed hospital as well."`
}

func (u *upCmd) Run(ctx context.Context, c *cli) error {
	return server.Up(ctx, server.UpOptions{Config: c.Config, Listen: u.Listen, Demo: u.Demo, Version: version, Out: os.Stdout})
}

type serveCmd struct{ server.Listen }

func (s *serveCmd) Run(ctx context.Context, c *cli) error {
	return server.Serve(ctx, server.UpOptions{Config: c.Config, Listen: s.Listen, Version: version, Out: os.Stdout})
}

type collectCmd struct {
	JSON bool `help:"Print the whole report as JSON; without it, a summary."`
}

func (s *collectCmd) Run(ctx context.Context) error {
	return server.Collect(ctx, version, s.JSON, os.Stdout)
}

type packCmd struct {
	Edition  string `help:"Edition of the checklist: r6, r7 or r8." required:""`
	Facility string `help:"Name, code or ID of the facility." required:""`
	Date     string `help:"Day of the inspection: 2026-11-22 or 令和8年11月22日; default today."`
	Language string `help:"Language of the pack." enum:"ja,en" default:"ja"`
	Out      string `help:"File to write." required:"" type:"path"`
}

func (p *packCmd) Run(ctx context.Context, c *cli) error {
	return server.MakePack(ctx, c.Config, version, server.PackOptions{Edition: p.Edition, Facility: p.Facility, Date: p.Date, Language: p.Language, File: p.Out}, os.Stdout)
}

type mapCmd struct {
	Out      string `help:"File to write; its ending chooses the form: .pdf, .svg, .drawio, .graphml or .csv." required:"" type:"path"`
	Facility string `help:"Name, code or ID of the facility; not needed when there is only one."`
	Date     string `help:"Day to show the end of: 2026-11-22 or 令和8年11月22日; default now."`
	Paper    string `help:"Paper of a PDF, landscape." enum:"a3,a4" default:"a3"`
	Language string `help:"Language of the diagram." enum:"ja,en" default:"ja"`
}

func (m *mapCmd) Run(ctx context.Context, c *cli) error {
	return server.WriteMap(ctx, c.Config, version, server.MapOptions{Facility: m.Facility, Date: m.Date, Language: m.Language, Paper: m.Paper, File: m.Out}, os.Stdout)
}

type importCmd struct {
	Files         []string `arg:"" name:"file" help:"CSV or Excel (.xlsx) lists, each one import; files of machines: of sonae-agent once (.sonae), folders of the collector for old Windows, output of systeminfo; also in ZIP files." type:"path"`
	Facility      string   `help:"Name, code or ID of the facility; not needed when there is only one."`
	Sheet         string   `help:"Sheet of an Excel file; default the first with a table."`
	Asset         string   `help:"ID or host name of the asset that a software bill of materials, or files of machines, are about; files of machines tell it themselves where they can."`
	WithoutNumber bool     `help:"Take rows without asset tag, serial number and MAC address in as new assets."`
	DryRun        bool     `help:"Show what would be created, changed, contradicted or refused; store nothing."`
	JSON          bool     `help:"Print every row as JSON; without it, a summary and the refused rows."`
	Language      string   `help:"Language of the reasons." enum:"ja,en" default:"en"`
}

func (i *importCmd) Run(ctx context.Context, c *cli) error {
	return server.ImportFiles(ctx, c.Config, version, server.ImportOptions{Files: i.Files, Facility: i.Facility, Sheet: i.Sheet, Asset: i.Asset, WithoutNumber: i.WithoutNumber, DryRun: i.DryRun, JSON: i.JSON, Language: i.Language}, os.Stdout)
}

type findCmd struct {
	Pcap            []string      `help:"Capture files (pcap or pcapng, also packed with gzip)." placeholder:"FILE" type:"path" xor:"from" required:""`
	Listen          []string      `help:"Network interfaces to listen on, sending nothing (Linux; needs the right CAP_NET_RAW)." placeholder:"INTERFACE" xor:"from" required:""`
	Table           []string      `help:"Lease files of DHCP servers (ISC, Kea, dnsmasq, lists of a Windows server) and ARP or neighbour tables copied from a router or computer." placeholder:"FILE" type:"path" xor:"from" required:""`
	For             time.Duration `help:"How long to listen; 0 listens until Ctrl-C." default:"1m"`
	SNMPHosts       string        `name:"snmp-hosts" help:"Ask the devices of this list by SNMP; a line is host[:port] and, where needed, the name of a credential." placeholder:"FILE" type:"existingfile" xor:"from" required:""`
	SNMPCredentials string        `name:"snmp-credentials" help:"JSON file of credentials by name that only its owner may read. Without it: SONAE_SNMP_COMMUNITY, or SONAE_SNMP_USER with SONAE_SNMP_AUTH, _AUTH_KEY, _PRIV and _PRIV_KEY in the environment." placeholder:"FILE" type:"existingfile" env:"SONAE_SNMP_CREDENTIALS"`
	NoProbe         string        `help:"File of addresses, ranges and hardware addresses that nothing is sent to, one a line; the do-not-probe list of the data folder always counts, too." placeholder:"FILE" type:"existingfile"`
	Cidr            []string      `name:"cidr" help:"Ask every address of these ranges what it is (192.168.1.0/24,10.1.2.3). Sends packets, but never one to what stands on the do-not-probe list. Needs the right to send raw packets." placeholder:"RANGE" xor:"from" required:""`
	Methods         []string      `help:"With --cidr: arp, ping, tcp, http, ssh, tls, smb, sip, rtsp, dicom; default all but dicom."`
	Ports           []int         `help:"With --cidr: TCP ports; default a short list (docs/discover.md)."`
	Rate            int           `help:"With --cidr: packets in a second at most; default 1000."`
	DICOMCalled     string        `name:"dicom-called" help:"With --methods dicom: AE title to call; default ANY-SCP."`
	DICOMCalling    string        `name:"dicom-calling" help:"With --methods dicom: AE title of Sonae; default SONAE."`
	DryRun          bool          `name:"dry-run" help:"With --cidr: print what would be sent to whom and who would be left out; send nothing."`
	Resume          bool          `help:"With --cidr: go on where the same scan stopped, as the log says."`
	Log             string        `help:"File to which everything that is sent is added; --proof and --resume read it." default:"sonae-discover.jsonl" type:"path"`
	Proof           string        `help:"Print what the log says was sent to this address, or that nothing was and why." placeholder:"ADDRESS" xor:"from" required:""`
	Workers         int           `help:"Devices asked at a time." default:"16"`
	Timeout         time.Duration `help:"How long to wait for one answer of a device." default:"3s"`
	Keep            bool          `help:"Also keep what is found in the database: for the map and the list of unlisted devices; devices that are asked come into the ledger."`
	Facility        string        `help:"With --keep: name, code or ID of the facility whose network that is; not needed when there is only one."`
	JSON            bool          `help:"Print observations and devices as JSON (of devices that are asked, one object a line); without it, a table."`
	Language        string        `help:"Language of the table and of warnings." enum:"ja,en" default:"en"`
}

func (f *findCmd) Run(ctx context.Context, c *cli) error {
	keep := server.KeepOptions{Keep: f.Keep, Facility: f.Facility}
	switch {
	case f.Proof != "":
		return server.Proof(f.Proof, f.Log, f.Language, f.JSON, os.Stdout)
	case len(f.Cidr) > 0:
		return server.Sweep(ctx, c.Config, version, server.SweepOptions{KeepOptions: keep, Ranges: f.Cidr, Methods: f.Methods, Ports: f.Ports, Rate: f.Rate, Called: f.DICOMCalled, Calling: f.DICOMCalling,
			DryRun: f.DryRun, NoProbe: f.NoProbe, Resume: f.Resume, Log: f.Log, JSON: f.JSON, Language: f.Language, Progress: os.Stderr}, os.Stdout)
	case f.SNMPHosts != "":
		return server.AskBySNMP(ctx, c.Config, version, server.SNMPOptions{KeepOptions: keep, Hosts: f.SNMPHosts, Credentials: f.SNMPCredentials, Workers: f.Workers, Timeout: f.Timeout, NoProbe: f.NoProbe, JSON: f.JSON, Language: f.Language, Progress: os.Stderr}, os.Stdout)
	}
	return server.Discover(ctx, c.Config, version, server.DiscoverOptions{KeepOptions: keep, Files: f.Pcap, Tables: f.Table, Listen: f.Listen, For: f.For, JSON: f.JSON, Language: f.Language, Progress: os.Stderr}, os.Stdout)
}

type userCmd struct {
	Create userCreateCmd `cmd:"" help:"Create a user and print the set-up link with which the person chooses a password."`
	Link   userLinkCmd   `cmd:"" help:"Print a new set-up link for a user who forgot the password; the old password stops working."`
}

type userCreateCmd struct {
	Name          string   `help:"Login name." required:""`
	Role          string   `help:"administrator, executive, manager, operator, auditor or department." required:""`
	Facility      []string `help:"Limit to these facilities (name, code or ID)."`
	Department    string   `help:"Department, for the role department."`
	PasswordStdin bool     `help:"Read a password from standard input in place of printing a set-up link."`
}

func (u *userCreateCmd) Run(ctx context.Context, c *cli) error {
	var in io.Reader
	if u.PasswordStdin {
		in = os.Stdin
	}
	return server.CreateUser(ctx, c.Config, version, server.GrantOptions{Name: u.Name, Role: u.Role, Facilities: u.Facility, Department: u.Department}, in, os.Stdout)
}

type userLinkCmd struct {
	Name string `help:"Login name." required:""`
}

func (u *userLinkCmd) Run(ctx context.Context, c *cli) error {
	return server.LinkUser(ctx, c.Config, version, u.Name, os.Stdout)
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create an API token and print it."`
	Enroll tokenEnrollCmd `cmd:"" help:"Create an enrolment token for agents and print it."`
}

type tokenCreateCmd struct {
	Name       string        `help:"What the token is for." required:""`
	Role       string        `help:"administrator, executive, manager, operator, auditor or department." required:""`
	Facility   []string      `help:"Limit to these facilities (name, code or ID)."`
	Department string        `help:"Department, for the role department."`
	Expires    time.Duration `help:"How long it is valid." default:"720h"`
	ReadOnly   bool          `help:"Allow reading only."`
}

func (t *tokenCreateCmd) Run(ctx context.Context, c *cli) error {
	return server.CreateToken(ctx, c.Config, version, server.GrantOptions{Name: t.Name, Role: t.Role, Facilities: t.Facility, Department: t.Department, Expires: t.Expires, ReadOnly: t.ReadOnly}, os.Stdout)
}

type tokenEnrollCmd struct {
	Facility string        `help:"Facility that the machines belong to (name, code or ID)." required:""`
	Uses     int           `help:"How many machines may use it." default:"1"`
	Expires  time.Duration `help:"How long it is valid." default:"24h"`
}

func (t *tokenEnrollCmd) Run(ctx context.Context, c *cli) error {
	return server.CreateEnrollToken(ctx, c.Config, version, t.Facility, t.Uses, t.Expires, os.Stdout)
}

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check every entry; names the first damaged one."`
}

type auditVerifyCmd struct {
	JSON bool `help:"Print the result as JSON."`
}

func (a *auditVerifyCmd) Run(ctx context.Context, c *cli) error {
	return server.VerifyAudit(ctx, c.Config, version, a.JSON, os.Stdout)
}

type backupCmd struct {
	Out string `help:"Folder to make; it must not exist." required:"" type:"path"`
}

func (b *backupCmd) Run(ctx context.Context, c *cli) error {
	return server.Backup(ctx, c.Config, version, b.Out, os.Stdout)
}

type restoreCmd struct {
	From string `arg:"" help:"Folder made by sonae backup." type:"existingdir"`
}

func (r *restoreCmd) Run(ctx context.Context, c *cli) error {
	return server.Restore(ctx, c.Config, r.From, os.Stdout)
}

type configCmd struct{}

func (configCmd) Run(c *cli) error { return server.PrintConfig(c.Config, os.Stdout) }

type openapiCmd struct{}

func (openapiCmd) Run() error { return server.PrintDescription(version, os.Stdout) }

type versionCmd struct{}

func (versionCmd) Run() error {
	_, err := fmt.Println(version)
	return err
}
