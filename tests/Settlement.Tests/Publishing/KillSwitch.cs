namespace Cloud.Settlement.Tests.Publishing;

/// <summary>Where a process dies: by chance at any step, or at a step that the test counts off.</summary>
internal sealed class KillSwitch(Random random)
{
    /// <summary>Chance of dying at a step.</summary>
    public double Rate { get; set; }

    /// <summary>Steps since <see cref="Arm"/>.</summary>
    public int Steps { get; private set; }

    /// <summary>The step, counted from 1, at which the process dies; null for none.</summary>
    public int? At { get; private set; }

    /// <summary>Dies once, at a step counted from now on.</summary>
    public void Arm(int at) => (At, Steps) = (at, 0);

    /// <summary>Passes a step, or dies.</summary>
    public void Step()
    {
        Steps++;
        if (Steps == At)
        {
            At = null;
            throw new CrashException();
        }

        if (Rate > 0 && random.NextDouble() < Rate)
        {
            throw new CrashException();
        }
    }
}
