package dashboards

import (
	"encoding/json"
	"fmt"
)

// Format is how dashboards are written.
type Format string

// The formats. All hold the same panels.
const (
	// Provisioning is classic JSON, for Grafana's folder of dashboards, for sidecars and for the API. It can be imported by hand as well.
	Provisioning Format = "provisioning"
	// Import is classic JSON that asks for the data source when it is imported by hand.
	Import Format = "import"
	// V2 is the schema of Grafana 13 and later, as a Kubernetes resource.
	V2 Format = "v2"
)

// Formats lists the formats, the default one first.
func Formats() []Format { return []Format{Provisioning, Import, V2} }

// Options changes what is generated. The zero Options is right for most.
type Options struct {
	// Format is Provisioning where it is "".
	Format Format
	// Datasource is the name or uid of the Prometheus data source that is selected at first; "" is Grafana's default one.
	Datasource string
	// AgentURL is where people reach the agent's page; "" leaves the links to it out.
	AgentURL string
}

// File is one generated file. The name has no folder.
type File struct {
	Name    string
	Content []byte
}

// Generate returns the dashboards, and for provisioning the provider file that it needs. The same options give the same bytes. An
// error is an unknown format or a mistake in a table of panels.
func Generate(o Options) ([]File, error) {
	var files []File
	encode := provisioned
	switch o.Format {
	case "", Provisioning:
		files = append(files, File{Name: "provider.yaml", Content: []byte(provider)})
	case Import:
		encode, o.Datasource = imported, importInput
	case V2:
		encode = second
	default:
		return nil, fmt.Errorf("generate dashboards: unknown format %q: valid are %v", o.Format, Formats())
	}
	for _, b := range boards() {
		d, err := b.build(o)
		if err != nil {
			return nil, fmt.Errorf("generate dashboard %s: %w", b.file, err)
		}
		v, err := encode(d)
		if err != nil {
			return nil, fmt.Errorf("generate dashboard %s: %w", b.file, err)
		}
		content, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("generate dashboard %s: %w", b.file, err)
		}
		files = append(files, File{Name: b.file, Content: append(content, '\n')})
	}
	return files, nil
}

// boards lists the dashboards. A new one is one new file and one line here.
func boards() []board {
	return []board{overview(), limits(), usage(), failures(), outlook(), agent()}
}

func provisioned(d classic) (any, error) { return d, nil }

// provider tells Grafana where to find the dashboards.
const provider = `# To provision the dashboards: put this file into Grafana's folder provisioning/dashboards, and the JSON files
# into the folder that path names. To import one by hand, upload its JSON file under Dashboards, New, Import.
apiVersion: 1
providers:
  - name: claudewatch
    folder: Claude
    type: file
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: /var/lib/grafana/dashboards/claudewatch
`
