#include api
#include issue
{
  echo '<!-- slipway: checklist -->'
  echo "What was proven before the first deploy holds no longer. Each line ends with what mends it. [Run]($RUN_URL)"
} > body.md
broken='' unknown=''
for stack in $STACKS; do
  file=found/checklist-$stack/found.md
  if [ ! -e "$file" ]; then
    unknown+=" $stack"
    printf '\n**%s**: could not be looked at\n' "$stack" >> body.md
  elif [ -s "$file" ]; then
    broken+=" $stack"
    # It is Markdown in which nothing that was found is markup, a mention or a link.
    { echo && head --bytes 20000 "$file" | iconv --to-code utf-8 -c; } >> body.md
  fi
done
keep_issue 'Checklist is broken' "$broken" "$unknown" 'All of it is proven again.'
[ -z "$unknown" ]
