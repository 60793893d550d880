using GraphPartition.Foundation;

namespace GraphPartition.Runtime.Engines;

/// <summary>Elements between types that engines lack and those that they have; numbers out of range go to the nearest one, as TensorRT's parser does it.</summary>
internal static unsafe class Narrowing
{
    public static void Narrow(ElementType from, nint source, nint target, long count)
    {
        for (long i = 0; i < count; i++)
        {
            if (from == ElementType.Int64) ((int*)target)[i] = (int)Math.Clamp(((long*)source)[i], int.MinValue, int.MaxValue);
            else ((float*)target)[i] = (float)((double*)source)[i];
        }
    }

    public static void Widen(ElementType to, ElementType from, nint source, nint target, long count)
    {
        if (to == from) Buffer.MemoryCopy((void*)source, (void*)target, count * (to.Bits() / 8), count * (to.Bits() / 8));
        else
            for (long i = 0; i < count; i++)
            {
                if (to == ElementType.Int64) ((long*)target)[i] = ((int*)source)[i];
                else ((double*)target)[i] = ((float*)source)[i];
            }
    }
}
