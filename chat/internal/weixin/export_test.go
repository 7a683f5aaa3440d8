package weixin

// Remembered is how many signatures and nonces a guard remembers.
func Remembered(g *Guard) int { return len(g.seen) }
