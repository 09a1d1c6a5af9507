package decode

import "testing"

func TestLooseCount(t *testing.T) {
	for name, want := range map[string]string{
		"llminputtokens": "input_tokens", "inputtokensused": "input_tokens", "inputtokencount": "input_tokens", "outputtokenscount": "output_tokens",
		"inputcount": "", "outputcount": "", "discount": "", "totaltokencount": "",
	} {
		if got := looseCount([]byte(name)); got != want {
			t.Errorf("looseCount(%s) = %q; want %q", name, got, want)
		}
	}
}
