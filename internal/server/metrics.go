package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sonae/internal/identity"
	"sonae/internal/platform/job"
	"sonae/internal/platform/transport"
)

// metrics answers GET /metrics in the Prometheus text form, to this machine and to
// API tokens that may read the today page: the figures say how large the ledger is.
func (s *Server) metrics() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stateCollector{s})
	answer := promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.mayMeasure(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="sonae"`)
			http.Error(w, "metrics need an API token from here: Authorization: Bearer …", http.StatusUnauthorized)
			return
		}
		answer.ServeHTTP(w, r)
	})
}

func (s *Server) mayMeasure(r *http.Request) bool {
	address := transport.Address(r.Context())
	if (address == "127.0.0.1" || address == "::1") && r.Header.Get("X-Forwarded-For") == "" {
		return true
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	p, err := s.Identity.TokenPrincipal(r.Context(), token, address)
	return err == nil && p.Can(identity.TodayRead)
}

// stateCollector asks the database for a few counts when it is scraped.
type stateCollector struct{ s *Server }

var (
	assetsDesc  = prometheus.NewDesc("sonae_assets", "Assets in the ledger that are not disposed of, by kind.", []string{"kind"}, nil)
	jobsDesc    = prometheus.NewDesc("sonae_jobs", "Jobs in the queue, by state.", []string{"state"}, nil)
	auditDesc   = prometheus.NewDesc("sonae_audit_entries", "Entries of the audit log.", nil, nil)
	scrapedDesc = prometheus.NewDesc("sonae_database_up", "1 when the database answered this scrape.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- assetsDesc
	ch <- jobsDesc
	ch <- auditDesc
	ch <- scrapedDesc
}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	up := 1.0
	if err := c.collect(ctx, ch); err != nil {
		c.s.Log.Warn("metrics incomplete", "err", err)
		up = 0
	}
	ch <- prometheus.MustNewConstMetric(scrapedDesc, prometheus.GaugeValue, up)
}

func (c *stateCollector) collect(ctx context.Context, ch chan<- prometheus.Metric) error {
	rows, err := c.s.DB.Query(ctx, `SELECT kind, count(*) FROM asset_asset WHERE status <> 'disposed' GROUP BY kind`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind string
		var n float64
		if err := rows.Scan(&kind, &n); err != nil {
			return err
		}
		ch <- prometheus.MustNewConstMetric(assetsDesc, prometheus.GaugeValue, n, kind)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	counts, err := job.Counts(ctx, c.s.DB)
	if err != nil {
		return err
	}
	for state, n := range counts {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), string(state))
	}
	head, err := c.s.Audit.Head(ctx)
	if err != nil {
		return err
	}
	ch <- prometheus.MustNewConstMetric(auditDesc, prometheus.GaugeValue, float64(head.Size))
	return nil
}
