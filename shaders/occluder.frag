#version 330 core
// Depth only: the colour mask is off.

void main()
{
}
