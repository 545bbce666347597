package web

import "testing"

func TestLocal(t *testing.T) {
	cases := []struct{ name, next, want string }{
		{"page", "/assets?q=a&page=2", "/assets?q=a&page=2"},
		{"home", "/", "/"},
		{"empty", "", "/"},
		{"other site", "https://evil.example/", "/"},
		{"scheme-relative", "//evil.example/", "/"},
		{"three slashes", "///evil.example/", "/"},
		{"backslash", `/\evil.example/`, "/"},
		{"tab", "/\t/evil.example/", "/"},
		{"newline", "/a\nSet-Cookie: x", "/"},
		{"script", "javascript:alert(1)", "/"},
		{"relative", "assets", "/"},
		{"encoded slash stays a path", "/%2F/evil.example", "/"},
		{"percent broken", "/%zz", "/"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := local(c.next); got != c.want {
				t.Errorf("local(%q) = %q, want %q", c.next, got, c.want)
			}
		})
	}
}
