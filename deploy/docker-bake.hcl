# docker buildx bake -f deploy/docker-bake.hcl --push --set moorage.tags=registry.example.com/moorage:1.0

variable "VERSION" {
  default = "dev"
}

variable "REVISION" {
  default = ""
}

group "default" {
  targets = ["moorage"]
}

target "moorage" {
  context    = "."
  dockerfile = "deploy/Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["moorage:${VERSION}"]
  args = {
    VERSION  = VERSION
    REVISION = REVISION
  }
  attest = ["type=provenance,mode=max", "type=sbom"]
}
