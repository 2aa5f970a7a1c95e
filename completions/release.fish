complete --keep-order --exclusive --command release --arguments "(COMPLETE=fish release -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
