// Package config is the configuration: one struct, read strictly from a YAML file and the environment, with defaults that are right
// for most. Whatever is wrong is reported with its place and, where there is one, the nearest valid name; all of it, not just
// the first. Secrets come from the environment or from files of their own and are never shown.
//
// [Load] reads and checks everything but flags. A program that lets flags win changes the fields, notes each with
// [Config.Given], and checks again with [Config.Validate]. [Config.ReadSecrets] comes last.
package config
