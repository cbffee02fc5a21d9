export type VisibilityChoice = 'public' | 'unlisted' | 'private';

export const visibilityWords: Record<VisibilityChoice, { label: string; hint: string }> = {
  public: { label: 'Public', hint: 'Everyone can find and watch it.' },
  unlisted: { label: 'Unlisted', hint: 'Everyone who has the link can watch it.' },
  private: { label: 'Private', hint: 'You and whom you share it with can watch it.' },
};
