package silence

import (
	"testing"
	"time"

	"sonae/internal/survey/asset"
)

var jst = time.FixedZone("JST", 9*3600)

func at(s string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, jst)
	if err != nil {
		panic(err)
	}
	return t.UnixMilli()
}

// always is a server that never stopped.
func always(nowMS int64) []span { return []span{{at("2020-01-01 00:00"), nowMS}} }

// Every case says when it is, when the source was last heard of, and what follows.
func TestJudge(t *testing.T) {
	const now = "2026-11-27 09:00" // a Friday
	mondays := Exception{ID: "m", Weekdays: 1 << time.Monday, UntilOn: "2027-03-31", Reason: "月曜だけ"}
	store := Exception{ID: "s", UntilOn: "2026-12-31", Reason: "倉庫"}
	for name, c := range map[string]struct {
		now        string // empty: now
		k          contact
		e          *Expectation // nil: the standard of the source
		up         []span       // nil: always
		exceptions []Exception
		state      State
		reason     Reason
		other      asset.Source
	}{
		"an hour ago":                     {k: contact{seenMS: at("2026-11-27 08:00")}, state: Reporting},
		"off for two days":                {k: contact{seenMS: at("2026-11-25 08:00")}, state: Reporting},
		"off over a long weekend":         {now: "2026-11-25 09:00", k: contact{seenMS: at("2026-11-21 12:00")}, state: Reporting},
		"off since Friday before":         {k: contact{seenMS: at("2026-11-20 18:00")}, state: Late},
		"a week and a Sunday":             {k: contact{seenMS: at("2026-11-17 08:00")}, state: Silent},
		"never, since 2001":               {k: contact{seenMS: at("2001-01-01 00:00")}, state: Silent},
		"disposed of":                     {k: contact{seenMS: at("2026-10-01 08:00"), status: asset.StatusDisposed}, state: Ended, reason: ReasonDisposed},
		"device revoked":                  {k: contact{seenMS: at("2026-10-01 08:00"), revokedMS: 5}, state: Ended, reason: ReasonRevoked},
		"spare":                           {k: contact{seenMS: at("2026-10-01 08:00"), status: asset.StatusSpare}, state: Excepted, reason: ReasonNotInUse},
		"spare, but reports":              {k: contact{seenMS: at("2026-11-27 08:00"), status: asset.StatusSpare}, state: Reporting},
		"refused since":                   {k: contact{seenMS: at("2026-10-01 08:00"), refusal: "x", refusedMS: at("2026-11-27 08:00")}, state: Silent, reason: ReasonRefused},
		"refused before the last report":  {k: contact{seenMS: at("2026-10-01 08:00"), refusal: "x", refusedMS: at("2026-09-27 08:00")}, state: Silent},
		"stopped by a policy":             {k: contact{seenMS: at("2026-10-01 08:00"), stopped: true}, state: Excepted, reason: ReasonStopped},
		"stopped, told a minute ago":      {k: contact{seenMS: at("2026-11-27 08:59"), stopped: true}, state: Reporting},
		"asked to report once a week":     {k: contact{seenMS: at("2026-11-17 08:00"), everyHours: 7 * 24}, state: Reporting},
		"asked to report twice an hour":   {k: contact{seenMS: at("2026-11-17 08:00"), everyHours: 1}, state: Silent},
		"certificate ended meanwhile":     {k: contact{seenMS: at("2026-10-01 08:00"), certificateMS: at("2026-11-20 08:00")}, state: Silent, reason: ReasonCertificate},
		"certificate is good":             {k: contact{seenMS: at("2026-10-01 08:00"), certificateMS: at("2026-12-20 08:00")}, state: Silent},
		"disabled in the directory":       {k: contact{seenMS: at("2026-10-01 08:00"), disabled: true}, state: Silent, reason: ReasonDisabled},
		"the machine lives":               {k: contact{seenMS: at("2026-10-01 08:00"), other: asset.SourceSNMP, otherMS: at("2026-11-27 08:00")}, state: Silent, reason: ReasonElsewhere, other: asset.SourceSNMP},
		"seen elsewhere at the same time": {k: contact{seenMS: at("2026-10-01 08:00"), other: asset.SourceSNMP, otherMS: at("2026-10-01 08:30")}, state: Silent},
		"refused and lives":               {k: contact{seenMS: at("2026-10-01 08:00"), refusal: "x", refusedMS: at("2026-11-27 08:00"), other: asset.SourceSNMP, otherMS: at("2026-11-27 08:00")}, state: Silent, reason: ReasonRefused, other: asset.SourceSNMP},
		"clock of the machine years slow": {k: contact{seenMS: at("2015-01-01 00:00"), heardMS: at("2026-11-27 08:30")}, state: Reporting, reason: ReasonClock},
		"clock slow, and stopped":         {k: contact{seenMS: at("2015-01-01 00:00"), heardMS: at("2026-10-27 08:30")}, state: Silent, reason: ReasonClock},
		"server's clock was years ahead":  {k: contact{seenMS: at("2036-01-01 00:00"), heardMS: at("2026-11-27 08:30")}, state: Reporting, reason: ReasonClock},
		"both times lie ahead":            {k: contact{seenMS: at("2036-01-01 00:00"), heardMS: at("2036-01-01 00:00")}, state: Late, reason: ReasonClock},
		"other's time lies ahead":         {k: contact{seenMS: at("2026-10-01 08:00"), other: asset.SourceSNMP, otherMS: at("2036-01-01 00:00")}, state: Silent},
		"reinstalled under a new device":  {k: contact{seenMS: at("2026-11-27 08:00"), heardMS: at("2026-11-27 08:00")}, state: Reporting},
		"server was down for three weeks": {k: contact{seenMS: at("2026-11-05 17:00")}, up: []span{{at("2026-01-01 00:00"), at("2026-11-05 18:00")}, {at("2026-11-27 08:00"), at(now)}}, state: Reporting},
		"server down, starts this minute": {k: contact{seenMS: at("2026-11-05 17:00")}, up: []span{{at("2026-01-01 00:00"), at("2026-11-05 18:00")}}, state: Reporting},
		"silent before the server failed": {k: contact{seenMS: at("2026-10-05 17:00")}, up: []span{{at("2026-01-01 00:00"), at("2026-11-05 18:00")}, {at("2026-11-27 08:00"), at(now)}}, state: Silent},
		"nothing known of the server":     {k: contact{seenMS: at("2026-10-05 17:00")}, up: []span{}, state: Silent},
		"after the new year's holidays":   {now: "2027-01-05 09:00", k: contact{seenMS: at("2026-12-28 18:00")}, state: Reporting},
		"after Golden Week":               {now: "2026-05-07 09:00", k: contact{seenMS: at("2026-05-01 18:00")}, state: Reporting},
		"holidays, network device":        {now: "2027-01-05 19:00", k: contact{source: asset.SourceSNMP, seenMS: at("2026-12-28 18:00")}, state: Silent},
		"only on Mondays, seen Monday":    {k: contact{seenMS: at("2026-11-23 09:00")}, exceptions: []Exception{mondays}, state: Excepted, reason: ReasonException},
		"only on Mondays, a Monday missed": {k: contact{seenMS: at("2026-11-16 09:00")}, exceptions: []Exception{mondays},
			state: Late},
		"only on Mondays, two missed":   {k: contact{seenMS: at("2026-11-09 09:00")}, exceptions: []Exception{mondays}, state: Silent},
		"only on Mondays, on a Sunday":  {now: "2026-11-22 20:00", k: contact{seenMS: at("2026-11-16 09:00")}, exceptions: []Exception{mondays}, state: Excepted, reason: ReasonException},
		"in store":                      {k: contact{seenMS: at("2026-09-09 09:00")}, exceptions: []Exception{store}, state: Excepted, reason: ReasonException},
		"in store, yet reports":         {k: contact{seenMS: at("2026-11-27 08:00")}, exceptions: []Exception{store}, state: Reporting},
		"exception for another source":  {k: contact{seenMS: at("2026-09-09 09:00")}, exceptions: []Exception{{Source: asset.SourceOCS, Reason: "x"}}, state: Silent},
		"a list, nothing expected":      {k: contact{source: asset.SourceCSV, seenMS: at("2024-09-09 09:00")}, state: Unset},
		"a list that is due":            {k: contact{source: asset.SourceCSV, seenMS: at("2026-09-09 09:00")}, e: &Expectation{EveryHours: 24, GraceHours: 24, SilentHours: 72}, state: Silent, reason: ReasonOverdue},
		"collected by hand last spring": {k: contact{source: asset.SourceUSB, seenMS: at("2026-05-09 09:00")}, state: Silent, reason: ReasonOverdue},
		"collected by hand last month":  {k: contact{source: asset.SourceUSB, seenMS: at("2026-10-20 09:00")}, state: Reporting},
		"OCS agent, ten days":           {k: contact{source: asset.SourceOCS, seenMS: at("2026-11-10 09:00")}, state: Silent},
		"what a person typed":           {k: contact{source: asset.SourceManual, seenMS: at("2020-05-09 09:00")}, state: Unset},
		"interval set by a person":      {k: contact{seenMS: at("2026-11-20 18:00")}, e: &Expectation{EveryHours: 24 * 14, GraceHours: 24, SilentHours: 24 * 40}, state: Reporting},
	} {
		t.Run(name, func(t *testing.T) {
			nowMS := at(now)
			if c.now != "" {
				nowMS = at(c.now)
			}
			if c.k.source == "" {
				c.k.source = asset.SourceAgent
			}
			if c.k.status == "" {
				c.k.status = asset.StatusInUse
			}
			e := Standard(Kind(c.k.source))
			if c.e != nil {
				e = *c.e
			}
			up := c.up
			if up == nil {
				up = always(nowMS)
			}
			got := judge(c.k, e, &calendar{nowMS: nowMS, zone: jst, up: up}, c.exceptions)
			if got.State != c.state || got.Reason != c.reason || got.OtherSource != c.other {
				t.Errorf("got %q %q %q, want %q %q %q (counted without %s)", got.State, got.Reason, got.OtherSource, c.state, c.reason, c.other, time.Duration(got.SkippedMS)*time.Millisecond)
			}
		})
	}
}

func TestHolidays(t *testing.T) {
	// 内閣府「国民の祝日について」, of 2026 and 2027, substitute holidays included.
	holidays := map[string]bool{}
	for _, d := range []string{"2026-01-01", "2026-01-12", "2026-02-11", "2026-02-23", "2026-03-20", "2026-04-29", "2026-05-03", "2026-05-04", "2026-05-05", "2026-05-06",
		"2026-07-20", "2026-08-11", "2026-09-21", "2026-09-22", "2026-09-23", "2026-10-12", "2026-11-03", "2026-11-23",
		"2027-01-01", "2027-01-11", "2027-02-11", "2027-02-23", "2027-03-21", "2027-03-22", "2027-04-29", "2027-05-03", "2027-05-04", "2027-05-05",
		"2027-07-19", "2027-08-11", "2027-09-20", "2027-09-23", "2027-10-11", "2027-11-03", "2027-11-23"} {
		holidays[d] = true
	}
	for d := time.Date(2026, 1, 1, 0, 0, 0, 0, jst); d.Year() < 2028; d = d.AddDate(0, 0, 1) {
		if got, want := nationalHoliday(d), holidays[d.Format(time.DateOnly)]; got != want {
			t.Errorf("%s: got %v, want %v", d.Format(time.DateOnly), got, want)
		}
	}
}

func TestSinceCountsWhatCounts(t *testing.T) {
	const hour = int64(3600_000)
	now := at("2026-11-27 12:00")
	c := calendar{nowMS: now, zone: jst, up: []span{{at("2026-11-01 00:00"), at("2026-11-25 00:00")}, {at("2026-11-26 00:00"), at("2026-11-27 11:55")}}, closed: map[string]bool{"2026-11-24": true}}
	for _, one := range []struct {
		from                   string
		skip                   bool
		weekdays               int64
		counted, skipped, down int64 // hours
	}{
		{"2026-11-27 10:00", true, 0, 2, 0, 0},
		{"2026-11-26 10:00", false, 0, 26, 0, 0},
		{"2026-11-24 12:00", false, 0, 48, 24, 24},            // a day without the server
		{"2026-11-21 12:00", true, 0, 12 + 36, 96, 24},        // Sunday, holiday, a day of the facility's own, no server
		{"2026-10-31 12:00", false, 0, 648 - 24, 24, 24},      // nothing is known of October: it counts
		{"2026-11-16 00:00", false, 1 << 1, 48, 228, 24},      // two Mondays
		{"2026-12-24 12:00", true, 0, 0, 0, 0},                // lies ahead
		{"2026-11-20 00:00", true, 1 << 0, 0, 180, 24},        // Sundays of a closed facility
		{"2026-11-20 00:00", false, 1<<0 | 1<<6, 48, 132, 24}, // a weekend
	} {
		got := c.since(at(one.from), one.skip, one.weekdays)
		if want := (elapsed{one.counted * hour, one.skipped * hour, one.down * hour}); got != want {
			t.Errorf("%+v: got %d %d %d h", one, got.counted/hour, got.skipped/hour, got.down/hour)
		}
	}
}
