# What the scripts of the examples share: where the server is, and shorter names for curl.
ADMIN=${ADMIN:-http://localhost:8074}/admin/v1
TRAFFIC=${TRAFFIC:-http://localhost:8000}
json='content-type: application/json'

# admin METHOD OPERATION [FILE]: asks the admin interface and shows the status when it is not what is usual.
admin() {
    local status
    status=$(curl -s -o /dev/null -w '%{http_code}' -X "$1" "$ADMIN/$2" ${3:+-H "$json" --data-binary "@$3"})
    case $status in 200 | 201 | 204) ;; *) echo "$1 $2: $status" >&2 && exit 1 ;; esac
}

# ask METHOD PATH [CURL OPTIONS]: sends a request and shows status and body.
ask() {
    local method=$1 path=$2
    shift 2
    printf '%s %s -> ' "$method" "$path"
    curl -s -X "$method" -w ' [%{http_code}]\n' "$@" "$TRAFFIC$path"
}

# A fresh start with the provisions of the example in the current folder.
cd "$(dirname "$0")" || exit
admin DELETE server-provision
admin DELETE server-data
if [ -e matching.json ]; then admin POST server-matching matching.json; else
    admin POST server-matching ../default-matching.json
fi
admin POST server-provision provisions.json
