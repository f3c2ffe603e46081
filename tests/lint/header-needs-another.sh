#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every header compiles alone.
cd "$ROOT" && make -s check-headers
