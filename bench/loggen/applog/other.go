package applog

import "strconv"

// appendOther appends one of the lines that applications write besides calls, of about 260 bytes.
func (g *Generator) appendOther(buf []byte) []byte {
	n := uint64(g.rng.Uint32())
	switch g.rng.Uint32N(10) {
	case 0:
		return g.appendText(buf, n)
	case 1, 2:
		return g.appendQuery(buf, n)
	default:
		return g.appendAccess(buf, n)
	}
}

func (g *Generator) appendHead(buf []byte) []byte {
	buf = append(buf, `{"level":30,"time":`...)
	buf = strconv.AppendInt(buf, g.now.UnixMilli(), 10)
	buf = append(buf, `,"pid":41,"hostname":"web-1","app":"`...)
	buf = append(buf, apps[g.rng.Uint32N(uint32(len(apps)))]...)
	return append(buf, '"')
}

// appendAccess appends the line of a web request.
func (g *Generator) appendAccess(buf []byte, n uint64) []byte {
	buf = append(g.appendHead(buf), `,"reqId":"r-`...)
	buf = strconv.AppendUint(buf, n, 16)
	buf = append(buf, `","req":{"method":"GET","url":"/api/orders/`...)
	buf = strconv.AppendUint(buf, n%1_000_000, 10)
	buf = append(buf, `?expand=items","headers":{"user-agent":"shop-mobile/7.4","accept":"application/json"}},"res":{"statusCode":200},"responseTime":`...)
	buf = strconv.AppendUint(buf, n%300, 10)
	return append(buf, `,"msg":"request completed"}`+"\n"...)
}

// appendQuery appends the line of a database query.
func (g *Generator) appendQuery(buf []byte, n uint64) []byte {
	buf = append(g.appendHead(buf), `,"db":"orders","sql":"select id, state, total from orders where customer = $1 and state <> $2 order by id desc limit 50","rows":`...)
	buf = strconv.AppendUint(buf, n%50, 10)
	buf = append(buf, `,"usec":`...)
	buf = strconv.AppendUint(buf, n%90_000, 10)
	return append(buf, `,"msg":"query done"}`+"\n"...)
}

// appendText appends a line that is no JSON.
func (g *Generator) appendText(buf []byte, n uint64) []byte {
	buf = g.now.AppendFormat(buf, "2006-01-02 15:04:05.000")
	buf = append(buf, " WARN [worker-3] c.s.inventory.StockService - stock of item "...)
	buf = strconv.AppendUint(buf, n, 10)
	return append(buf, " is below its threshold, reorder was requested from the default supplier; the next check of this item is scheduled in 15 minutes by the inventory timer\n"...)
}
