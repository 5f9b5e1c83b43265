/* `fengni demo`: a city with eight departments, the bureau, a regulator and the government, on this machine. */
#pragma once

int fn_demo_command(int argc, char **argv);
