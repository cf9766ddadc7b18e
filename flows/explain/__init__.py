"""`highwater explain`: one breach, shown so that whoever it concerns can follow and contest it.

`story` says what there is to tell, from a case alone; `terminal` and `page` show it.
"""
