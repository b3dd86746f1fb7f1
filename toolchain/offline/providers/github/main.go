// Command pulumi-resource-github is the GitHub provider plugin for machines that cannot download the vendor's.
//
// It bridges the newest Terraform provider that Go modules offer, 5.45. The npm package of the version below knows more:
// github/older-plugin.ts lists what this plugin lacks.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/integrations/terraform-provider-github/v5/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
)

// version is that of the npm package @pulumi/github: the engine pairs them by it.
const version = "6.15.0"

func main() {
	info := tfbridge.ProviderInfo{
		P:       shimv1.NewProvider(github.Provider().(*schema.Provider)),
		Name:    "github",
		Version: version,
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard("github")))
	info.SetAutonaming(255, "-")
	for _, resource := range info.Resources {
		// GitHub's objects are found by name. Created first, the old one's deletion would take the new one away
		// (pulumi/pulumi-github#223).
		resource.DeleteBeforeReplace = true
	}
	// Programs in Node.js carry the types themselves, so the plugin needs no schema.
	tfbridge.Main(info.Name, version, info, nil)
}
