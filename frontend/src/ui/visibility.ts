export type VisibilityChoice = 'public' | 'unlisted' | 'private';
