package alerts

// InForce returns what is known of the rules that the feeds allow, with the settings in force. The error is that of Validate.
func (s Settings) InForce(feeds ...Feed) ([]RuleInfo, error) {
	all, err := s.apply(rules(feeds...))
	if err != nil {
		return nil, err
	}
	var infos []RuleInfo
	for _, r := range all {
		infos = append(infos, r.RuleInfo)
	}
	return infos, nil
}
