// Command pulumi-resource-docker is the docker provider plugin for machines that cannot download the vendor's.
//
// It bridges the same Terraform provider under the same names as the vendor's plugin of the version below, so that
// the npm package @pulumi/docker of that version works with either. docker.Image, which the vendor wrote by hand, is
// left out: docker.RemoteImage with `build` makes images.
//
// The module's path puts this program beside the Terraform provider's `internal` folder, which Go otherwise closes.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is that of the npm package @pulumi/docker: the engine pairs them by it.
const version = "5.2.0"

func main() {
	info := providerInfo()
	// Programs in Node.js carry the types themselves, so the plugin needs no schema.
	tfbridge.Main(info.Name, version, info, nil)
}

func providerInfo() tfbridge.ProviderInfo {
	upstream := provider.New(version)()
	replaceOnHealthcheckChange(upstream.ResourcesMap["docker_container"])
	standard := tokens.MakeStandard("docker")
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(upstream),
		Name:    "docker",
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"host":          {Default: &tfbridge.DefaultInfo{EnvVars: []string{"DOCKER_HOST"}}},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_config": {Tok: "docker:index/serviceConfig:ServiceConfig"},
			"docker_container": {
				Tok:                 "docker:index/container:Container",
				DeleteBeforeReplace: true, // names, ports and addresses are taken once
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image": {
				Tok:    "docker:index/remoteImage:RemoteImage",
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: "docker:index/getRemoteImage:getRemoteImage"},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", standard))
	info.SetAutonaming(255, "-")
	return info
}

// replaceOnHealthcheckChange makes a change inside `healthcheck` replace the container. Upstream marks only the list
// itself, and Docker cannot change a running container's check: the update would be recorded but never happen.
func replaceOnHealthcheckChange(container *schema.Resource) {
	for _, field := range container.Schema["healthcheck"].Elem.(*schema.Resource).Schema {
		field.ForceNew = true
	}
}
