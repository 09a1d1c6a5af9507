package alerts

import "math"

// betaBinomialTail is the chance of k or more successes in n trials whose rate is itself only known as Beta(a, b):
// the sum over j >= k of C(n,j) B(j+a, n-j+b) / B(a, b). It needs 0 <= k <= n, a > 0 and b > 0.
func betaBinomialTail(k, n int, a, b float64) float64 {
	if k <= 0 {
		return 1
	}
	if k > n {
		return 0
	}
	term := math.Exp(logChoose(n, k) + logBeta(float64(k)+a, float64(n-k)+b) - logBeta(a, b))
	sum := term
	for j := k; j < n; j++ {
		// The next term from this one: cheaper than six more logarithms, and as exact.
		x := float64(j)
		rest := float64(n - j)
		term *= rest / (x + 1) * (x + a) / (rest - 1 + b)
		sum += term
		if term < 1e-9*sum {
			break
		}
	}
	return min(1, sum)
}

func logBeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

func logChoose(n, k int) float64 {
	return lgamma(float64(n)+1) - lgamma(float64(k)+1) - lgamma(float64(n-k)+1)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
