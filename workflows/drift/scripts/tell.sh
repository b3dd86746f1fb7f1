#include api
#include issue
{
  echo '<!-- slipway: drift -->'
  echo "Somebody changed by hand what a stack declares. \`pulumi up\` puts it back; to keep it, declare it. [Run]($RUN_URL)"
} > body.md
differs='' unknown=''
for stack in $STACKS; do
  file=found/drift-$stack/found.txt
  if [ ! -e "$file" ]; then
    unknown+=" $stack"
    printf '\n**%s**: could not be asked\n' "$stack" >> body.md
  elif [ -s "$file" ]; then
    differs+=" $stack"
    # Names in it are of somebody's choice: in <pre>, as references, they are neither markup nor a mention.
    {
      printf '\n**%s**\n\n<pre>' "$stack"
      head --bytes 20000 "$file" | iconv --to-code utf-8 -c | jq --raw-input --slurp --raw-output '@html | gsub("\n\n+"; "\n")'
      echo '</pre>'
    } >> body.md
  fi
done
keep_issue 'Changed by hand' "$differs" "$unknown" 'All is as declared again.'
[ -z "$unknown" ]
