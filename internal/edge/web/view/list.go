package view

// layoutParts are the partials of each layout.
var layoutParts = map[string][]string{
	"layout_app":  {"part_head.html", "part_flash.html", "part_preferences.html"},
	"layout_gate": {"part_head.html", "part_flash.html", "part_preferences.html"},
}

const (
	app  = "layout_app"  // signed in: top bar, navigation, page
	gate = "layout_gate" // nobody yet, or an error: brand and one card
)

// list is every view: struct, layout, template file, partials it uses. A new
// view adds its line here and a sample in samples_test.go.
func list() []spec {
	return []spec{
		{&Problem{}, gate, "problem", nil},
		{&AppProblem{}, app, "problem", nil},
	}
}
