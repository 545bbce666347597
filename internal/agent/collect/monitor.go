package collect

import (
	"context"
	"path"
	"strings"

	"sonae/internal/wire"
)

// monitors reads the EDID of every connector that has one (Documentation/gpu in the
// kernel: /sys/class/drm/card0-HDMI-A-1/edid).
func monitors(_ context.Context, src *Source) ([]wire.Monitor, error) {
	var list []wire.Monitor
	for _, file := range src.glob("/sys/class/drm/card*-*/edid") {
		body, err := src.text(file)
		if err != nil || body == "" {
			continue // nothing is connected there
		}
		m, ok := parseEDID([]byte(body))
		if !ok {
			continue
		}
		_, m.Port, _ = strings.Cut(path.Base(path.Dir(file)), "-")
		list = append(list, m)
	}
	return list, nil
}
