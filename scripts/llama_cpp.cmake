# Read by llama.cpp's own build (`setup.sh`): the library of its command line tools, which nothing here uses, takes half
# of the time.
set(LLAMA_BUILD_COMMON OFF)
