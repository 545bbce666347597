package intake

// WithBatch takes n rows a transaction.
func (d Deps) WithBatch(n int) Deps {
	d.batch = n
	return d
}
