{{- define "moorage.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "moorage.selector" -}}
app.kubernetes.io/name: moorage
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "moorage.labels" -}}
{{ include "moorage.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "moorage.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "moorage.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "moorage.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* What is set, as YAML: the chart's own, then the user's. */ -}}
{{- define "moorage.settings" -}}
{{- $settings := dict -}}
{{- range $name, $value := .Values.defaultSettings -}}
{{- if not (kindIs "invalid" $value) -}}{{- $_ := set $settings $name $value -}}{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.settings -}}{{- $_ := set $settings $name $value -}}{{- end -}}
{{- if ne (get $settings "REGISTRY_AUTH") "htpasswd" -}}{{- $settings = omit $settings "REGISTRY_AUTH_HTPASSWD_REALM" -}}{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{- define "moorage.secretFiles" -}}
{{- $files := dict -}}
{{- $settings := include "moorage.settings" . | fromYaml -}}
{{- range $variable, $from := .Values.secretFiles -}}
{{- if and $from (or (ne $variable "REGISTRY_AUTH_HTPASSWD_PATH") (eq (get $settings "REGISTRY_AUTH") "htpasswd")) -}}
{{- $_ := set $files $variable $from -}}
{{- end -}}
{{- end -}}
{{- toYaml $files -}}
{{- end -}}

{{- /* Mistakes that would show only later, as broken uploads or as registries that differ. */ -}}
{{- define "moorage.check" -}}
{{- $settings := include "moorage.settings" . | fromYaml -}}
{{- $driver := get $settings "REGISTRY_STORAGE" -}}
{{- if not $driver -}}
{{- fail "\n\nsettings.REGISTRY_STORAGE is missing: s3, gcs, azure, oss, swift, or filesystem with persistence.enabled" -}}
{{- end -}}
{{- $several := or (gt (int .Values.replicaCount) 1) (and .Values.autoscaling.enabled (gt (int .Values.autoscaling.maxReplicas) 1)) -}}
{{- if has $driver (list "filesystem" "inmemory") -}}
{{- if $several -}}
{{- fail (printf "\n\n%s is one replica's own: set replicaCount to 1 and autoscaling.enabled to false, or choose a bucket" $driver) -}}
{{- end -}}
{{- if and (eq $driver "filesystem") (not .Values.persistence.enabled) -}}
{{- fail "\n\nREGISTRY_STORAGE: filesystem needs persistence.enabled, or everything is gone with the pod" -}}
{{- end -}}
{{- else if not (get .Values.secretFiles "REGISTRY_HTTP_SECRET_FILE") -}}
{{- if not (get .Values.secretFiles "REGISTRY_HTTP_SECRET_0_FILE") -}}
{{- fail "\n\nsecretFiles.REGISTRY_HTTP_SECRET_FILE is missing: replicas without a secret in common break each other's uploads" -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $settings -}}
{{- if regexMatch "(SECRET|PASSWORD|SECRETKEY|ACCOUNTKEY|ACCESSKEYSECRET|SESSIONTOKEN)$" $name -}}
{{- fail (printf "\n\n%s is a secret: it belongs into secretFiles as %s_FILE" $name $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
