package view

// samples is one filled view for each line of list.go; add yours here.
var samples = []func(Page) View{
	func(p Page) View {
		return &Problem{p, ProblemBody{Status: 404, What: "x", SoWhat: "y", Next: "z", NextHref: "/", NextLabel: "go", RequestID: "id"}}
	},
	func(p Page) View {
		return &AppProblem{p, ProblemBody{Status: 500, What: "x", SoWhat: "y", Next: "z", NextHref: "/", NextLabel: "go", RequestID: "id"}}
	},
}
