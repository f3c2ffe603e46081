slotsim: TSC ticks per lookup, median; upd: per slot change
Example(R) CPU @ 2.60GHz, KVM; Linux 6.1.0-18-amd64; TSC 2600 MHz,
  core/TSC 1.58
n = 10 repeats in 5 processes; floor of the harness 0.71, subtracted
base: first row; +-: half of the 95% interval; ~: no difference (< 2%);
?: open, more repeats needed; !: not for a kernel as it is

boot: 13 slots, mode batch, no cache layers, sha256 000000000000
              all             ram        map       miss        mem  upd
rbtree       16.8            14.0       23.8       22.9       6.5K 1.2k
linear       14.5  -14+-0.3%  6.0  -57% 29.8  +25% 34.8  +52% 1.1K  300
size-sorted  11.4  -32+-0.2%  4.0  -71% 25.8 +8.4% 28.9  +26% 1.1K 2.5k
bsearch      17.4 +3.4+-0.2% 15.0 +7.0% 21.9 -8.3% 23.0     ~ 1.1K 1.4k
g-flat      ! 4.1  -76+-0.1%  4.1  -71%  4.1  -83%  4.1  -82%  128  885

rtl8139: 13 slots, mode batch, no cache layers, sha256 0001ad0326be
              all             ram        map       miss        mem  upd
rbtree       22.6            14.2          -       22.8       6.5K 1.2k
linear       33.7  +49+-0.6%  6.1  -57%    -       34.9  +52% 1.1K  302
size-sorted  27.9  +23+-0.6%  4.1  -71%    -       28.8  +26% 1.1K 2.5k
bsearch      22.7          ~ 15.2 +7.1%    -       22.9     ~ 1.1K 1.4k
g-flat      ! 4.1  -82+-0.1%  4.1  -71%    -        4.1  -82%  128  908

vfio-117: 117 slots, mode batch, no cache layers, sha256 aa87cbcc7cd0
              all             ram        map       miss        mem  upd
rbtree       50.1            34.4       56.9       55.2        58K 3.8k
linear        216   +329+-1% 55.2  +61%  267 +369%  314 +470%  10K  892
size-sorted   110   +120+-1% 22.4  -35%  141 +148%  159 +189%  10K 7.5k
bsearch      64.6  +29+-0.2% 49.0  +42% 69.5  +22% 73.5  +33%  10K 4.2k
g-flat      !17.7  -65+-0.1% 18.0  -48% 17.4  -69% 17.5  -68% 1.1K 2.7k

To reproduce:
  slotsim replay -x linear,size-sorted,bsearch,rbtree,g-flat --mode \
    batch,update -r 10 -o results.json traces/boot.trace.zst \
    traces/rtl8139.trace.zst traces/vfio-117.trace.zst
