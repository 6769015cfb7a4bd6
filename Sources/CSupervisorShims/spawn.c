#include "CSupervisorShims.h"
