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

// Check says what Configure would refuse, and changes nothing.
func (e *Engine) Check(c Configuration) error {
	_, err := c.rules(e.feeds)
	return err
}

// rules returns the rules of a configuration, the users' own last.
func (c *Configuration) rules(feeds []Feed) ([]rule, error) {
	all, err := c.Settings.apply(rules(feeds...))
	if err != nil {
		return nil, err
	}
	for i := range c.Budgets {
		if err := c.Budgets[i].validate(); err != nil {
			return nil, err
		}
	}
	custom, err := customRules(c.Rules, all)
	return append(all, custom...), err
}
