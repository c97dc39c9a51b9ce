# Checks every include of the tree against .ci/layers.txt: which folder may
# know which, which library belongs to one file, and which files wire the rooms
# together and may therefore include any of them.
function bad(why) { print FILENAME ":" FNR ": " inc ": " why; failed = 1 }
function at_home(h,  a, n) {
    for (n = split(only[h], a, " "); n; n--)
        if (index(FILENAME, a[n]) == 1) return 1
    return 0
}
function top(path,  a) { return split(path, a, "/") > 1 ? a[1] : "" }
FILENAME == ARGV[1] && $1 == "layer" {
    layer[$2]; for (i = 3; i <= NF; i++) may[$2, $i]
}
FILENAME == ARGV[1] && $1 == "only" {
    for (i = 3; i <= NF; i++) only[$2] = only[$2] " " $i
}
FILENAME == ARGV[1] && $1 == "main" { for (i = 2; i <= NF; i++) wires[$i] }
FILENAME != ARGV[1] && (top(FILENAME) in layer) &&
/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    split($0, part, /["<>]/); inc = part[2]
    from = top(FILENAME); to = top(inc)
    if ((to in layer) && from != to && !((from, to) in may) &&
        !(FILENAME in wires))
        bad(from " may not include " to)
    for (h in only)
        if (index(inc, h) == 1 && !at_home(h)) bad(h " belongs to" only[h])
}
END { exit failed }
