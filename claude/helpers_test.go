package claude

import "github.com/google/go-cmp/cmp"

var cmpOpts = cmp.AllowUnexported(Opt[int64]{}, Opt[float64]{}, Opt[bool]{})
