// Package forecast says when the use of a limit will reach a level, with an interval, or why it can't say. It looks at one number a
// day: how high the load of the busiest minutes was. Limits bind on peaks, so daily totals would tell nothing.
//
// The model is a trend (Theil-Sen, which outliers don't move), the weekday's usual factor, and a change of level where there was
// one. The interval holds what comes with a probability of 80 %: Backtest measures whether it does. Time is an argument.
package forecast
