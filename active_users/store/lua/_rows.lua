-- Each place has two rows in `places`, the second one for guests. The people of a row stand side by side, in the order
-- in which they were seen there, and nobody can be in two places. A score is the number of the row times ROW, plus the
-- time in ticks: 53 bits, which is 2^18 places at once, and quarters of a second until the year 2106.

local ROW, TICK, PLACES = 2 ^ 34, 250, 2 ^ 18
