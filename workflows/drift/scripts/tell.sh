#include api
#include issue
{
  echo '<!-- slipway: drift -->'
  echo "Somebody changed by hand what a stack declares. \`pulumi up\` puts it back; to keep it, declare it. [Run]($RUN_URL)"
} > body.md
# Names in it are of somebody's choice: in <pre>, as references, they are neither markup nor a mention.
show() {
  printf '\n**%s**\n\n<pre>' "$2"
  head --bytes 20000 "$1" | iconv --to-code utf-8 -c | jq --raw-input --slurp --raw-output '@html | gsub("\n\n+"; "\n")'
  echo '</pre>'
}
gather drift found.txt asked
keep_issue 'Changed by hand' "$with" "$unknown" 'All is as declared again.'
[ -z "$unknown" ]
