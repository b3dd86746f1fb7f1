/** A section `slipway:aws` with one machine. */
export const awsSection = {
  region: "eu-central-1",
  zone: "eu-central-1a",
  vpc: "vpc-0123456789abcdef0",
  subnet: "subnet-0123456789abcdef0",
  sshFrom: ["203.0.113.0/24"],
  adminKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJmZK7xhOy64ByJrIoOwuG2yd/ehnQ2sE8vsQMofWbtl",
  machines: { host: { ami: "ami-0123456789abcdef0" } },
} as const;
