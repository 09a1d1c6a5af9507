package dashboards

import "fmt"

// Options changes what is generated. The zero Options is right for most.
type Options struct {
	// Datasource is the name or uid of the Prometheus data source that is selected at first; "" is Grafana's default one.
	Datasource string
}

// File is one generated file. The name has no folder.
type File struct {
	Name    string
	Content []byte
}

// Generate returns the dashboards as classic JSON, which can be imported by hand and provisioned from files, and the provider
// file that provisioning needs. The same options give the same bytes. An error is a mistake in a table of panels.
func Generate(o Options) ([]File, error) {
	files := []File{{Name: "provider.yaml", Content: []byte(provider)}}
	for _, b := range boards() {
		content, err := b.json(o)
		if err != nil {
			return nil, fmt.Errorf("generate dashboard %s: %w", b.file, err)
		}
		files = append(files, File{Name: b.file, Content: content})
	}
	return files, nil
}

// boards lists the dashboards. A new one is one new file and one line here.
func boards() []board {
	return []board{overview()}
}

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
