package dashboards

import "encoding/json"

// importInput is what Grafana puts the chosen data source in place of when a dashboard is imported by hand. Provisioning and the API
// leave it as it is, which is why it is in that format only.
const importInput = "${DS_PROMETHEUS}"

// imported adds what Grafana's import page asks for. The SDK does not know these fields.
func imported(d classic) (any, error) {
	content, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(content, &fields); err != nil {
		return nil, err
	}
	fields["__inputs"] = []map[string]string{{
		"name": "DS_PROMETHEUS", "label": "Prometheus", "description": "The Prometheus that scrapes claudewatch",
		"type": "datasource", "pluginId": "prometheus", "pluginName": "Prometheus",
	}}
	fields["__requires"] = []map[string]string{{"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"}}
	return fields, nil
}
